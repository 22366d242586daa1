package sim

import "slices"

// Menus returns the paths of all menus with rows that some device has, sorted.
func Menus() []string {
	var paths []string
	for path, list := range catalog().menus {
		if slices.ContainsFunc(list, (*menu).rows) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}
