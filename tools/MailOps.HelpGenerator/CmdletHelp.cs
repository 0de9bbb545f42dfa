namespace MailOps.HelpGenerator;

/// <summary>One paragraph as the console and as Markdown show it.</summary>
internal sealed record Paragraph(string Plain, string Markdown);

internal sealed record ExampleHelp(string Code, IReadOnlyList<Paragraph> Remarks);

internal sealed record OutputHelp(string TypeName, IReadOnlyList<Paragraph> Text);

/// <summary>A parameter as it stands in one parameter set.</summary>
internal sealed record ParameterUse(string Set, bool Mandatory, int? Position, bool ByValue, bool ByPropertyName, bool Remaining);

internal sealed record ParameterHelp(
    string Name,
    string TypeName,
    bool IsSwitch,
    bool IsList,
    IReadOnlyList<Paragraph> Text,
    IReadOnlyList<string> Aliases,
    IReadOnlyList<string> Values,
    string? Range,
    string? Default,
    IReadOnlyList<ParameterUse> Uses)
{
    public const string AllSets = "__AllParameterSets";

    /// <summary>How it stands in a set, or null if it is not part of it.</summary>
    public ParameterUse? In(string set) => Uses.FirstOrDefault(use => use.Set == set) ?? Uses.FirstOrDefault(use => use.Set == AllSets);

    public bool IsMandatory => Uses.All(use => use.Mandatory);

    public string PositionText => Uses.Select(use => use.Position).FirstOrDefault(position => position is not null)?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "named";

    public string PipelineText => (Uses.Any(use => use.ByValue), Uses.Any(use => use.ByPropertyName)) switch
    {
        (true, true) => "True (ByValue, ByPropertyName)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };
}

internal sealed record CmdletHelp(
    string Verb,
    string Noun,
    IReadOnlyList<Paragraph> Synopsis,
    IReadOnlyList<Paragraph> Description,
    IReadOnlyList<ExampleHelp> Examples,
    IReadOnlyList<ParameterHelp> Parameters,
    IReadOnlyList<string> Sets,
    IReadOnlyList<OutputHelp> Outputs)
{
    public string Name => $"{Verb}-{Noun}";

    /// <summary>The parameters of a set in the order of a syntax line: by position, then what must be named, then the rest.</summary>
    public IEnumerable<(ParameterHelp Parameter, ParameterUse Use)> Syntax(string set) =>
        Parameters
            .Select(parameter => (Parameter: parameter, Use: parameter.In(set)!))
            .Where(one => one.Use is not null)
            .OrderBy(one => one.Use.Position ?? int.MaxValue)
            .ThenBy(one => one.Use.Mandatory ? 0 : 1);
}
