new EventSource("/sandbox/events").addEventListener("status", (event) => {
  document.getElementById("messages").textContent = JSON.parse(event.data).messages;
});
