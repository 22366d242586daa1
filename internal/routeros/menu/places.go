package menu

// Places finds rows of a table in the reading before. Rows mostly keep their
// order, so the one behind the last one found is looked at first; a table that
// has been shuffled is indexed. The zero Places has no rows.
type Places struct {
	ids    []uint64 // hashes of .id, in the order of the reading
	next   int      // where the next row is expected
	misses int      // rows that were looked for in vain there
	index  map[uint64]int
}

// maxMisses is from how many misses on an index is worth its making.
const maxMisses = 16

// Reset begins with the rows of another reading.
func (p *Places) Reset(ids []uint64) { *p = Places{ids: ids} }

// Find returns the place of a row, -1 where it was not there.
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
	for i := range p.ids { // from where it was expected on
		if at := (p.next + i) % len(p.ids); p.ids[at] == id {
			return at
		}
	}
	return -1
}
