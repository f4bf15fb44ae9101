// What the phones themselves say, each in its own language; the simulator around them is in English.

export const LANGUAGES = { en: "English", fr: "Français", ar: "العربية" };
export const RTL = new Set(["ar"]);
export const PLATFORMS = { telegram: "Telegram", signal: "Signal" };

const WORDS = {
  en: {
    write: "Message", send: "Send", more: "More", photo: "Photo", place: "My place", reply: "Reply",
    react: "React with 👍", waits: "waits", late: "arrived", deleted: "This message was deleted",
    urgent: "Urgent", offline: "No connection", ideas: "To try:", noreply: "Don't reply",
    picture: "Picture", messages: "Messages", pressed: "Pressed", sent: "sent",
  },
  fr: {
    write: "Message", send: "Envoyer", more: "Plus", photo: "Photo", place: "Ma position",
    reply: "Répondre", react: "Réagir avec 👍", waits: "en attente", late: "arrivé",
    deleted: "Ce message a été supprimé", urgent: "Urgent", offline: "Pas de connexion",
    ideas: "À essayer :", noreply: "Ne pas répondre", picture: "Image", messages: "Messages",
    pressed: "Appuyé", sent: "envoyé",
  },
  ar: {
    write: "رسالة", send: "إرسال", more: "المزيد", photo: "صورة", place: "مكاني", reply: "رد",
    react: "تفاعل بـ 👍", waits: "بالانتظار", late: "وصلت", deleted: "حُذفت هذه الرسالة",
    urgent: "عاجل", offline: "لا يوجد اتصال", ideas: "جرّب:", noreply: "بلا رد", picture: "صورة",
    messages: "الرسائل", pressed: "ضُغط", sent: "أُرسلت",
  },
};

// What one could type first. The product understands every language's words on every phone.
const IDEAS = {
  journalist: {
    en: ["checkin 1h", "sos", "menu"], fr: ["pointage 1h", "sos", "menu"],
    ar: ["موعد", "النجدة", "القائمة"],
  },
  coordinator: {
    en: ["cases", "duty on", "menu"], fr: ["dossiers", "garde", "menu"],
    ar: ["الحالات", "القائمة"],
  },
  trainer: {
    en: ["drills", "assign", "lessons", "menu"], fr: ["exercices", "attribuer", "leçons", "menu"],
    ar: ["تمارين", "تكليف", "دروس", "القائمة"],
  },
};

export const words = (lang) => WORDS[lang] ?? WORDS.en;
export const ideas = (role, lang) => (IDEAS[role] ?? IDEAS.journalist)[lang] ?? [];
