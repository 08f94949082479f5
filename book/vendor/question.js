// Steps through the questions that a page shows in full. Without this script the first one stands.
"use strict";

// The script may come before the page that it works on.
document.addEventListener("DOMContentLoaded", () => {
  for (const section of document.querySelectorAll("section.questions")) {
    const questions = [...section.querySelectorAll(":scope > .question")];
    const buttons = section.querySelector(".question-steps");
    if (!buttons || questions.length < 2) continue;
    let shown = 0;
    buttons.hidden = false;
    buttons.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-step]");
      if (!button) return;
      questions[shown].hidden = true;
      shown = (shown + Number(button.dataset.step) + questions.length) % questions.length;
      questions[shown].hidden = false;
    });
  }
});
