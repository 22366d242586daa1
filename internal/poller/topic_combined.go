package poller

// Combined is the topic of those who name none: one event with several tables
// that were read in the same poll.
var Combined = register(Topic{Kind: Group, Hidden: true, Parts: []*Topic{hardware, hotspotActive, pppActive}})

// Scrape is for those who want the facts and no events; see [Poller.Facts].
var Scrape = register(Topic{Name: "scrape", Kind: FactsOnly, Hidden: true, Parts: []*Topic{hardware, hotspotActive, pppActive, identity}})
