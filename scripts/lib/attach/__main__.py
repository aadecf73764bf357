import sys

from attach.cli import main

sys.exit(main(sys.argv[1:]))
