import sys

try:
    text = open(sys.argv[1]).read() if len(sys.argv) > 1 else sys.stdin.read()
except OSError:
    sys.exit(2)
print(len(text.split()))
