"""python3 -m report"""
from .cli import run

if __name__ == "__main__":
    run()
