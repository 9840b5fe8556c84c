from tests.docker import engine, images, pods

__all__ = ["engine", "images", "pods"]
