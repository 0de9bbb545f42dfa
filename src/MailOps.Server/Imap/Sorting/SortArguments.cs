using MailOps.Server.Imap.Search;

namespace MailOps.Server.Imap.Sorting;

/// <summary>How to sort, and what of the messages that are found.</summary>
/// <param name="Program">The criteria, the most important first.</param>
/// <param name="Search">The search; it names a charset.</param>
internal readonly record struct SortArguments(IReadOnlyList<SortStep> Program, SearchArguments Search)
{
    // Twice as many as there are criteria: a longer program says nothing new.
    private const int MaxSteps = 18;

    public static bool TryParse(ref ImapReader reader, out SortArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && ReturnOptions.TryParse(ref reader, out var options) && TryParseProgram(ref reader, out var program) && reader.Space()
            && SearchArguments.TryParseCriteria(ref reader, options, out var search)))
            return false;
        arguments = new SortArguments(program, search);
        return true;
    }

    private static bool TryParseProgram(ref ImapReader reader, out IReadOnlyList<SortStep> program)
    {
        var steps = new List<SortStep>(2);
        var read = 0;
        program = steps;
        if (!reader.Is('('))
            return false;
        do
        {
            var isReversed = reader.IsWord("REVERSE");
            if (++read > MaxSteps || (isReversed && !reader.Space()) || !reader.Word(out var word) || CriterionOf(word) is not { } criterion)
                return false;
            // What was looked at before decides nothing any more.
            if (!steps.Exists(step => step.Criterion == criterion))
                steps.Add(new SortStep(criterion, isReversed));
        }
        while (reader.Space());
        return reader.Is(')');
    }

    private static SortCriterion? CriterionOf(string word) => word switch
    {
        "ARRIVAL" => SortCriterion.Arrival,
        "CC" => SortCriterion.Cc,
        "DATE" => SortCriterion.Date,
        "DISPLAYFROM" => SortCriterion.DisplayFrom,
        "DISPLAYTO" => SortCriterion.DisplayTo,
        "FROM" => SortCriterion.From,
        "SIZE" => SortCriterion.Size,
        "SUBJECT" => SortCriterion.Subject,
        "TO" => SortCriterion.To,
        _ => null,
    };
}
