"""The sample function of every template here: finds the primes below a limit, which takes CPU time and memory."""


def handler(event, context):
    limit = max(int(event.get("limit", 1000000)), 2)
    prime = bytearray([1]) * limit
    prime[0:2] = b"\0\0"
    for number in range(2, int(limit**0.5) + 1):
        if prime[number]:
            prime[number * number :: number] = bytes(len(range(number * number, limit, number)))
    return {"limit": limit, "primes": sum(prime)}
