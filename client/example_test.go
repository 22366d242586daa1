package client_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/aprakasa/mikronec/client"
)

// Runs a command and tells apart what went wrong.
func ExampleClient_Run() {
	c, err := client.New("http://localhost:8080", client.Options{Key: os.Getenv("MY_API_KEY")})
	if err != nil {
		log.Fatal(err)
	}
	args := []string{"/ip/address/print", "=.proplist=address,interface", "?disabled=false"}
	reply, err := c.Run(context.Background(), "cabang-jakarta-01", args, client.RunOptions{Timeout: 30 * time.Second})
	switch client.CodeOf(err) {
	case "":
	case client.CodeUnknownRouter:
		log.Fatal("connect it first")
	default:
		log.Fatal(err)
	}
	for _, row := range reply.Rows {
		fmt.Println(row["interface"], row["address"])
	}
}

// Follows the users of all routers, through losses of the network and restarts of the
// server.
func ExampleWatch_Events() {
	c, err := client.New("http://localhost:8080", client.Options{Key: os.Getenv("MY_API_KEY")})
	if err != nil {
		log.Fatal(err)
	}
	w := c.Watch(client.Query{Routers: []string{"*"}, Topics: []string{"ppp_active", "sessions"}, Delta: true}, client.WatchOptions{})
	for event, err := range w.Events(context.Background()) {
		if err != nil {
			log.Fatal(err) // the server refuses the watch
		}
		switch e := event.(type) {
		case *client.Session:
			fmt.Println(e.RouterID, e.Name, e.Type, e.Address)
		case *client.Snapshot, *client.Delta:
			rows, _ := w.Tables.Rows("cabang-jakarta-01", "ppp_active")
			fmt.Println(len(rows), "users")
		case *client.State:
			fmt.Println("the connection is", e.State)
		}
	}
}

// Reads the rows of a command that does not end. Leaving the loop cancels it.
func ExampleClient_Rows() {
	c, err := client.New("http://localhost:8080", client.Options{Key: os.Getenv("MY_API_KEY")})
	if err != nil {
		log.Fatal(err)
	}
	for row, err := range c.Rows(context.Background(), "cabang-jakarta-01", []string{"/ping", "=address=10.0.0.1"}, client.RunOptions{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(row["time"])
		if row["seq"] == "3" {
			break
		}
	}
}

// Adds a row by RouterOS's own REST and removes it.
func ExampleREST() {
	c, err := client.New("http://localhost:8080", client.Options{Key: os.Getenv("MY_API_KEY")})
	if err != nil {
		log.Fatal(err)
	}
	rest := c.REST("cabang-jakarta-01")
	row, err := rest.Add(context.Background(), "ip/address", client.Values{"address": "192.168.99.1/24", "interface": "ether2"})
	if err != nil {
		log.Fatal(err)
	}
	if err := rest.Remove(context.Background(), "ip/address/"+row[".id"]); err != nil {
		log.Fatal(err)
	}
}
