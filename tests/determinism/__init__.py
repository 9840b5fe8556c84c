"""The same submission gets the same score and the same outcome of every test, however busy the machine is."""
