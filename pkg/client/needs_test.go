package client_test

import (
	"encoding/json"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

const none = "aaaaaaaaaaaaaaaaaaaaaaaaaa"

// TestWhatIsLeftOfAPlacementThatIsOverIsRead: its profile is gone, and one list has those
// that wait beside it.
func TestWhatIsLeftOfAPlacementThatIsOverIsRead(t *testing.T) {
	text, err := json.Marshal([]client.Placement{{ID: none, From: client.Agency{ID: none, Standing: posada.StandingActive}, State: posada.PlacementClosed}})
	if err != nil {
		t.Fatal(err)
	}
	var list []client.Placement
	if err := json.Unmarshal(text, &list); err != nil || len(list) != 1 || list[0].State != posada.PlacementClosed {
		t.Errorf("%s: %v", text, err)
	}
}
