"""The programs that answer messages: built-in replies, the loader of user programs, and the capture of their output."""
