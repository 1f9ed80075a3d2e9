/** The little of a browser that the sources read as they load: import it before them. */
Object.assign(globalThis, {
  location: new URL('http://gateway.test/kairos/'),
  document: { baseURI: 'http://gateway.test/kairos/', hidden: false, title: '' },
  // Each frame is drawn at once, unless a test has frames of its own.
  requestAnimationFrame: (draw: () => void) => draw(),
});
