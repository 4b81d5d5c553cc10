"""The Markdown subset that editors write."""

from bot.content.markdown import Block, BlockKind, Fault, Run, placeholders, read


def test_paragraphs_styles_links_and_line_breaks() -> None:
    document, faults = read(
        "Maksā **bankā** un *te*,\nvai [lapā](https://jnku.lv).\\\nVai pastā.\n\nViss."
    )

    assert faults == ()
    assert document == (
        Block(
            BlockKind.PARAGRAPH,
            (
                Run("Maksā "),
                Run("bankā", strong=True),
                Run(" un "),
                Run("te", emphasis=True),
                Run(", vai "),
                Run("lapā", href="https://jnku.lv"),
                Run(".\nVai pastā."),
            ),
        ),
        Block(BlockKind.PARAGRAPH, (Run("Viss."),)),
    )


def test_two_kinds_of_lists() -> None:
    document, faults = read("- viens\n- divi\n\n3. trīs\n4. četri\n")

    assert faults == ()
    assert document == (
        Block(BlockKind.BULLET, (Run("viens"),)),
        Block(BlockKind.BULLET, (Run("divi"),)),
        Block(BlockKind.NUMBERED, (Run("trīs"),), 3),
        Block(BlockKind.NUMBERED, (Run("četri"),), 4),
    )


def test_an_address_with_a_placeholder_stays_one() -> None:
    document, faults = read("[paziņojums]({privacy_url})")

    assert faults == ()
    assert document[0].runs == (Run("paziņojums", href="{privacy_url}"),)


def test_what_is_outside_the_subset_is_named_by_line_and_left_out() -> None:
    document, faults = read("Pirms.\n\n> citāts\n\nPa `vidu`.\n\n***\n")

    assert faults == (
        Fault(3, "zīmi > rindas sākumā nelieto"),
        Fault(5, "zīmi ` šeit nelieto; lietojiet pēdiņas „…”"),
        Fault(7, "atdalītājsvītra (---) nav atļauta; atstājiet tukšu rindu"),
    )
    assert [block.runs[0].text for block in document] == ["Pirms.", "Pa ."]


def test_placeholders_have_a_name_and_perhaps_a_form() -> None:
    assert placeholders("{number} un {answer_by:until}") == [("number", ""), ("answer_by", "until")]
