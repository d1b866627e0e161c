"""Errors: answers to the wizard."""

from migrate.messages.codes.registry import error

ANSWER_MISSING = error(
    "DCP-240",
    exits=(2,),
    en=(
        "the wizard stopped at the question {question}, which has no answer, and everything before it is kept: add its "
        "answer, then run the same command again"
    ),
    fr=(
        "l'assistant s'est arrêté à la question {question}, qui n'a pas de réponse, et tout ce qui précède est "
        "conservé : ajoutez la réponse, puis relancez la même commande"
    ),
)
ANSWERS_UNREADABLE = error(
    "DCP-241",
    exits=(2,),
    en="{path} does not contain answers to the wizard ({why}): write one `question: answer` line for each question",
    fr=(
        "{path} ne contient pas de réponses pour l'assistant ({why}) : écrivez une ligne `question: réponse` par "
        "question"
    ),
)
ANSWER_WRONG = error(
    "DCP-242",
    exits=(2,),
    en="the answer to {question} does not hold ({what}): correct it, then run the same command again",
    fr="la réponse à {question} ne convient pas ({what}) : corrigez-la, puis relancez la même commande",
)
RC_FILE_UNREADABLE = error(
    "DCP-243",
    exits=(2,),
    en=(
        "{path} cannot be read ({why}): name the RC file that you downloaded from the cloud, such as "
        "~/Downloads/openrc.sh"
    ),
    fr=(
        "{path} est illisible ({why}) : indiquez le fichier RC téléchargé depuis le cloud, par exemple "
        "~/Téléchargements/openrc.sh"
    ),
)
ANSWER_OF_A_WORKSPACE = error(
    "DCP-244",
    exits=(2,),
    en=(
        "the wizard stopped at the question {question}, whose answer would agree to something, and {path} lies in a "
        "workspace, where anybody may have put it: read the file, and name a copy of it outside any workspace"
    ),
    fr=(
        "l'assistant s'est arrêté à la question {question}, dont la réponse vaudrait accord, et {path} se trouve dans "
        "un espace de travail, où n'importe qui a pu le mettre : lisez ce fichier, puis indiquez-en une copie hors de "
        "tout espace de travail"
    ),
)
