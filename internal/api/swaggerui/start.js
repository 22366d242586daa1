// Shows the document that make swag generated. No request goes to another host.
window.ui = SwaggerUIBundle({
  url: 'doc.json', // relative, for a proxy that serves below a path
  dom_id: '#swagger-ui',
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: 'StandaloneLayout',
  validatorUrl: null, // no validation by another host
});
