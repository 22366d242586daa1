package api

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A client may write a topic thousands of times; what follows has it once.
func TestTopicsAreTakenOnce(t *testing.T) {
	topics, err := topicsOf([]string{strings.Repeat("log,health,", 5000), "health", "arp"})
	require.NoError(t, err)
	assert.Equal(t, []string{"log", "health", "arp"}, topics)
	volatile, err := volatileOf(url.Values{"volatile": {strings.Repeat("log,", 5000)}})
	require.NoError(t, err)
	assert.True(t, volatile("log"))
	assert.False(t, volatile("arp"))
}
