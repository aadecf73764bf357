module lambda-vitals/bench/peer

go 1.21
