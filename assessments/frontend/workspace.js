console.debug("workspace");
