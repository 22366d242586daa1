package menu

// Places finds the positions of rows in the previous reading of a table. Rows mostly
// keep their order, so a row is first expected after the last one found; a table with
// another order is indexed. The zero Places has no rows.
type Places struct {
	ids    []uint64 // hashes of .id, in the order of the reading
	next   int      // position where the next row is expected
	misses int      // rows that were not at the expected position
	index  map[uint64]int
}

// maxMisses is the number of misses after which an index is made.
const maxMisses = 16

// Reset sets the previous reading.
func (p *Places) Reset(ids []uint64) { *p = Places{ids: ids} }

// Find returns the position of a row, or -1.
func (p *Places) Find(id uint64) int {
	if p.next < len(p.ids) && p.ids[p.next] == id {
		p.next++
		return p.next - 1
	}
	i := p.search(id)
	if i >= 0 {
		p.next = i + 1
	}
	return i
}

func (p *Places) search(id uint64) int {
	if p.misses++; p.misses > maxMisses && p.index == nil {
		p.index = make(map[uint64]int, len(p.ids))
		for i, id := range p.ids {
			p.index[id] = i
		}
	}
	if p.index != nil {
		if i, ok := p.index[id]; ok {
			return i
		}
		return -1
	}
	for i := range p.ids { // from the expected position on
		if at := (p.next + i) % len(p.ids); p.ids[at] == id {
			return at
		}
	}
	return -1
}
