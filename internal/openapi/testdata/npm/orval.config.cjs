// orval 7 gives the types of two media types of one status the same name, unless the
// functions return the data alone; orval 8 does not.
module.exports = {
  mikronec: {
    input: './openapi.json',
    output: { target: './gen/orval.ts', client: 'fetch', override: { fetch: { includeHttpResponseReturnType: false } } },
  },
};
