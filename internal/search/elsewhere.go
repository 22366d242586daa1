package search

// Elsewhere is what other instances of a fleet found in the tables of their routers.
type Elsewhere struct {
	Found   map[string][]Found // by router_id
	NotRead map[string]bool    // router_ids of which no table was read
	Silent  []string           // instances that did not answer
}
