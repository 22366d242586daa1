package poller

// Combined is the combined event, for viewers who name no topic: several tables of the
// same poll.
var Combined = register(Topic{Kind: Group, Hidden: true, Parts: []*Topic{hardware, hotspotActive, pppActive}})

// Scrape keeps the facts up to date without events; see [Poller.Facts].
var Scrape = register(Topic{Name: "scrape", Kind: FactsOnly, Hidden: true, Parts: []*Topic{hardware, hotspotCount, pppCount, identity}})
