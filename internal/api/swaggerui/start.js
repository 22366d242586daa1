// What is read here is what make swag generated; nothing comes from elsewhere.
window.ui = SwaggerUIBundle({
  url: 'doc.json', // relative, for a proxy that serves below a path
  dom_id: '#swagger-ui',
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: 'StandaloneLayout',
  validatorUrl: null, // asks nobody else about the document
});
