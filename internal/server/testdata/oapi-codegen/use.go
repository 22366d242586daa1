// What a program in Go does with the client that oapi-codegen generates. Its arguments are
// the address of the server and the key.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	key := func(_ context.Context, r *http.Request) error {
		r.Header.Set("X-API-Key", os.Args[2])
		return nil
	}
	client, err := NewClientWithResponses(os.Args[1], WithRequestEditorFn(key))
	if err != nil {
		log.Fatal(err)
	}
	run, err := client.RunCommandWithResponse(context.Background(), RunRequest{RouterId: "a", Args: []string{"/system/identity/print"}})
	if err != nil {
		log.Fatal(err)
	}
	if run.JSON200 != nil {
		fmt.Println(run.JSON200.Data[0]["name"])
	}
	got, err := client.GetRouterWithResponse(context.Background(), "nowhere")
	if err != nil {
		log.Fatal(err)
	}
	if got.JSON404 != nil && got.JSON404.Code == ErrorCodeUnknownRouter {
		fmt.Println(got.JSON404.Code)
	}
	var event StreamEvent
	if err := event.UnmarshalJSON([]byte(`{"router_id":"a","topic":"ppp_active","type":"snapshot","rows":[{".id":"*1","name":"budi"}],"ts":1}`)); err != nil {
		log.Fatal(err)
	}
	data, err := event.AsStreamData()
	if err != nil {
		log.Fatal(err)
	}
	topic, err := data.AsTopicEvent()
	if err != nil {
		log.Fatal(err)
	}
	snapshot, err := topic.AsSnapshotEvent()
	if err != nil {
		log.Fatal(err)
	}
	table, err := snapshot.ValueByDiscriminator()
	if err != nil {
		log.Fatal(err)
	}
	users, ok := table.(PppActiveSnapshot)
	fmt.Println(ok, *users.Rows[0].Name)
}
