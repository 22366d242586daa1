package fleet

import (
	"cmp"
	"hash/fnv"
	"slices"
)

// Shards is the number of shards. It never changes: instances of all versions agree on it.
const Shards = 512

// ShardOf returns the shard of a router: that of its address and user, so that all
// router_ids which share a session are in one.
func ShardOf(addr, user string) int {
	return int(hash(addr, "\x00", user) % Shards)
}

func hash(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p))
	}
	return mix(h.Sum64())
}

// mix spreads what FNV leaves close together (the end of MurmurHash3).
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// order returns the names in the order in which they should own a shard: each name has a
// number of its own for each shard, and the highest is first (rendezvous hashing). Who
// joins gets its part from all others, and who leaves gives its part to all others.
func order(shard int, names []string) []string {
	type choice struct {
		name  string
		score uint64
	}
	list := make([]choice, len(names))
	for i, name := range names {
		list[i] = choice{name, mix(hash(name) + uint64(shard)*0x9e3779b97f4a7c15)}
	}
	slices.SortFunc(list, func(a, b choice) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.name, b.name))
	})
	sorted := make([]string, len(list))
	for i, c := range list {
		sorted[i] = c.name
	}
	return sorted
}
