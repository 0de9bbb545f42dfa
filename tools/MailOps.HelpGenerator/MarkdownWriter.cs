using System.Text;

namespace MailOps.HelpGenerator;

/// <summary>Writes one Markdown page per cmdlet and an index.</summary>
internal static class MarkdownWriter
{
    public static void Write(IReadOnlyList<CmdletHelp> cmdlets, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var stale in Directory.EnumerateFiles(folder, "*.md"))
            File.Delete(stale);

        foreach (var cmdlet in cmdlets)
            Save(Path.Combine(folder, cmdlet.Name + ".md"), Page(cmdlet));

        Save(Path.Combine(folder, "README.md"), Index(cmdlets));
    }

    private static string Index(IReadOnlyList<CmdletHelp> cmdlets)
    {
        var page = new StringBuilder("# The cmdlets\n\nMade from the comments in `src/MailOps.Cmdlets` by `build.ps1 Docs`; `Get-Help NAME -Full` shows the same in the shell.\n\n| Cmdlet | What it does |\n| --- | --- |\n");
        foreach (var cmdlet in cmdlets)
            page.Append($"| [{cmdlet.Name}]({cmdlet.Name}.md) | {Cell(cmdlet.Synopsis[0].Markdown)} |\n");

        return page.ToString();
    }

    private static string Page(CmdletHelp cmdlet)
    {
        var page = new StringBuilder();
        page.Append($"# {cmdlet.Name}\n\n").Append(Text(cmdlet.Synopsis)).Append("\n## Syntax\n\n```powershell\n");
        page.AppendJoin("\n", cmdlet.Sets.Select(set => SyntaxOf(cmdlet, set)));
        page.Append("\n```\n");
        if (cmdlet.Description != cmdlet.Synopsis)
            page.Append("\n## Description\n\n").Append(Text(cmdlet.Description));

        page.Append("\n## Examples\n");
        foreach (var example in cmdlet.Examples)
            page.Append($"\n```powershell\n{example.Code}\n```\n\n").Append(Text(example.Remarks));

        page.Append("\n## Parameters\n");
        foreach (var parameter in cmdlet.Parameters.OrderBy(parameter => parameter.Name, StringComparer.Ordinal))
            page.Append($"\n### -{parameter.Name}\n\n").Append(Text(parameter.Text)).Append('\n').Append(Facts(parameter));

        if (cmdlet.Outputs.Count > 0)
        {
            page.Append("\n## Output\n\n");
            foreach (var output in cmdlet.Outputs)
                page.Append($"- `{output.TypeName}`{(output.Text.Count > 0 ? ": " : "")}{string.Join(' ', output.Text.Select(one => one.Markdown))}\n");
        }

        return page.ToString();
    }

    private static string SyntaxOf(CmdletHelp cmdlet, string set)
    {
        var line = new StringBuilder(cmdlet.Name);
        foreach (var (parameter, use) in cmdlet.Syntax(set))
        {
            var name = use.Position is null || parameter.IsSwitch ? $"-{parameter.Name}" : $"[-{parameter.Name}]";
            var whole = parameter.IsSwitch ? name : $"{name} <{parameter.TypeName}>";
            line.Append(use.Mandatory ? $" {whole}" : $" [{whole}]");
        }

        return line.Append(" [<CommonParameters>]").ToString();
    }

    private static string Facts(ParameterHelp parameter)
    {
        var rows = new List<(string, string)>
        {
            ("Type", $"`{parameter.TypeName}`"),
            ("Required", parameter.IsMandatory ? "yes" : parameter.Uses.Any(use => use.Mandatory) ? "in some parameter sets" : "no"),
            ("Position", parameter.PositionText),
            ("From the pipeline", parameter.PipelineText switch
            {
                "False" => "no",
                "True (ByValue)" => "by value",
                "True (ByPropertyName)" => "by property name",
                _ => "by value, by property name",
            }),
        };
        if (parameter.Uses.Any(use => use.Set != ParameterHelp.AllSets))
            rows.Add(("Parameter sets", string.Join(", ", parameter.Uses.Select(use => use.Set == ParameterHelp.AllSets ? "all" : use.Set))));

        if (parameter.Aliases.Count > 0)
            rows.Add(("Aliases", string.Join(", ", parameter.Aliases.Select(alias => $"`{alias}`"))));

        if (parameter.Default is not null)
            rows.Add(("Default", $"`{parameter.Default}`"));

        if (parameter.Values.Count > 0)
            rows.Add(("Values", string.Join(", ", parameter.Values.Select(value => $"`{value}`"))));

        if (parameter.Range is not null)
            rows.Add(("Values", parameter.Range));

        return "| | |\n| --- | --- |\n" + string.Concat(rows.Select(row => $"| {row.Item1} | {row.Item2} |\n"));
    }

    private static string Text(IEnumerable<Paragraph> paragraphs) => string.Join("\n\n", paragraphs.Select(one => one.Markdown)) + "\n";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static void Save(string file, string text) => File.WriteAllText(file, text);
}
