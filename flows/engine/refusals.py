"""What a form says of an answer that it can't take: why, and what would be one."""

from flows.engine.messages import message

VOICE = message("form.voice", "I can't take a voice message here. Please write it in words.")
STALE = message(
    "form.stale",
    "That choice is from an older message, and changes nothing. This is what is open now.",
    note="Before a question that is asked once more.",
)
NO_FILE = message(
    "form.no_file",
    "I can't take pictures, videos or documents at this question. Near the end I ask for them.",
)
NO_FILE_NOR_WORDS = message(
    "form.no_file_nor_words",
    "I can't take pictures, videos or documents at this question, and I haven't kept the words "
    "beside it either. Please write the answer by itself. Near the end I ask for files.",
    note="Of a picture with words.",
)
ONE_OF_THESE = message(
    "form.one_of_these",
    "I'm not sure which of these you mean. Please choose one: type its number, or its words.",
    note="Before a question with choices that is asked once more.",
)
IN_WORDS_LATER = message(
    "form.in_words_later",
    "Thank you. Please keep these words: I ask for them in a moment, up to {n} characters in one "
    "message. First, choose one of these: type its number, or its words.",
    note="Of a long text where a choice is asked for.",
)
HUMAN = message("form.human", "Get me a human", note="A button.")
HUMAN_TYPED = message(
    "form.human_typed",
    "If you would rather talk to a human about it, type human.",
    note="human is typed.",
)
NOT_ARRIVED = message(
    "form.not_arrived",
    "That did not arrive here. Please send it again, as a photo or as a file.",
    note="Of a picture that could not be loaded, or a sticker.",
)
