package menu

import (
	"slices"
	"strings"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Health has the sensors of the board.
//
// In RouterOS 7 it is a row for each sensor with name, value and type: value is a number
// for the types C, V, A, W and RPM, and a word for a state, whose type is empty.
//
// In RouterOS 6 it is one row with a field for each sensor, whose names differ between
// boards. A name tells what is measured by its last word: temperature, voltage, current,
// consumption, speed and so on are numbers on every board. States and settings, such as
// thresholds, are text.
var Health = &Menu{
	Path:    "/system/health",
	Kinds:   of(Sensor, "value"),
	OtherOf: healthKind,
}

// measures are the last words, without a number at their end, of the names of sensors.
var measures = []string{"temperature", "temp", "voltage", "current", "power", "consumption", "speed", "core"}

// settings are words in the names of settings that end like a sensor: fan-full-speed-temp,
// fan-target-temp.
var settings = []string{"full", "target", "min", "max", "threshold", "limit"}

// healthKind returns the kind of a field of RouterOS 6.
func healthKind(name string) Kind {
	words := strings.Split(name, "-")
	last := words[len(words)-1]
	measure := strings.TrimRight(last, "0123456789")
	numbered := measure != last
	rail, volts := strings.CutSuffix(last, "v") // 3.3v, 5v, 12v
	switch {
	case slices.ContainsFunc(words, func(word string) bool { return slices.Contains(settings, word) }):
		return Text
	case slices.Contains(measures, measure), measure == "fan" && numbered, volts && isDecimal([]byte(rail)):
		return Decimal
	}
	return Text
}

// isMeasured reports whether the type of the first row, of RouterOS 7, is a unit.
func isMeasured(list proto.Sentences) bool {
	row, _ := list.Cut()
	unit, _ := row.Get("type")
	switch string(unit) {
	case "C", "V", "A", "W", "RPM":
		return true
	}
	return false
}

// IsSetting reports whether a field of RouterOS 6 with the name of a sensor is a setting.
func IsSetting(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "-"), func(word string) bool { return slices.Contains(settings, word) })
}
