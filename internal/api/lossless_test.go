package api_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

// A field that comes twice keeps both values, under the same keys wherever the row is
// shown.
func TestAFieldThatComesTwiceIsTheSameEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peers := re("=.id=*1", "=local-address=198.51.100.1", "=port=4500", "=remote-address=203.0.113.9", "=port=59061")
		s, _ := newScript(t, map[string]said{
			"/ip/ipsec/remote-peers/print": says(peers, doneWith()),
			"/system/resource/print":       says(re("=board-name=hAP ac^2", "=cpu-load=1", "=board-name=second", "=cpu-load=2"), doneWith()),
			"/system/identity/print":       says(re("=name=one", "=name=two"), doneWith()),
		})
		const want = `{".id":"*1","local-address":"198.51.100.1","port":"4500","remote-address":"203.0.113.9","port#2":"59061"}`
		for form, got := range s.inEveryForm("/ip/ipsec/remote-peers/print") {
			assert.Equal(t, http.StatusOK, got.Code, form)
			assert.Contains(t, got.Body.String(), want, form)
		}
		const hardware = `"board-name":"hAP ac^2","cpu-load":1,"board-name#2":"second","cpu-load#2":2`
		info := s.json(http.MethodGet, "/system-info?router=r", "")
		assert.Contains(t, info.Body.String(), hardware)
		assert.Contains(t, info.Body.String(), `"identity":"one","identity#2":"two"`)
		pipes := s.listen()
		for _, query := range []string{"", "?topics=hardware", "?topics=hardware&mode=delta"} {
			stream := s.open(pipes, "/sse/r"+query)
			stream.block()
			assert.Contains(t, stream.block(), hardware, query)
		}
	})
}
