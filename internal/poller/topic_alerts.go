package poller

// Alerts are changes of alerts. They come from rules, and nothing is asked for them.
var Alerts = register(Topic{Name: "alerts", Kind: Events, Foreign: true})
