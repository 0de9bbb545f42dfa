using System.Xml.Linq;

namespace MailOps.HelpGenerator;

/// <summary>Writes the help file that Get-Help reads.</summary>
internal static class MamlWriter
{
    private static readonly XNamespace Msh = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    public static void Write(IEnumerable<CmdletHelp> cmdlets, string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        new XDocument(new XElement(Msh + "helpItems", new XAttribute("schema", "maml"), cmdlets.Select(OfCmdlet))).Save(file);
    }

    private static XElement OfCmdlet(CmdletHelp cmdlet) =>
        new(
            Command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", Maml),
            new XAttribute(XNamespace.Xmlns + "command", Command),
            new XAttribute(XNamespace.Xmlns + "dev", Dev),
            new XElement(
                Command + "details",
                new XElement(Command + "name", cmdlet.Name),
                new XElement(Command + "verb", cmdlet.Verb),
                new XElement(Command + "noun", cmdlet.Noun),
                new XElement(Maml + "description", Paras(cmdlet.Synopsis))),
            new XElement(Maml + "description", Paras(cmdlet.Description)),
            new XElement(
                Command + "syntax",
                cmdlet.Sets.Select(set => new XElement(
                    Command + "syntaxItem",
                    new XElement(Maml + "name", cmdlet.Name),
                    cmdlet.Syntax(set).Select(one => OfParameter(one.Parameter, one.Use, inSyntax: true))))),
            new XElement(
                Command + "parameters",
                cmdlet.Parameters.OrderBy(parameter => parameter.Name, StringComparer.Ordinal).Select(parameter => OfParameter(parameter, parameter.Uses[0], inSyntax: false))),
            new XElement(
                Command + "inputTypes",
                cmdlet.Parameters.Where(parameter => parameter.Uses.Any(use => use.ByValue)).Select(parameter => new XElement(
                    Command + "inputType",
                    new XElement(Dev + "type", new XElement(Maml + "name", parameter.TypeName)),
                    new XElement(Maml + "description", Paras(parameter.Text))))),
            new XElement(
                Command + "returnValues",
                cmdlet.Outputs.Select(output => new XElement(
                    Command + "returnValue",
                    new XElement(Dev + "type", new XElement(Maml + "name", output.TypeName)),
                    new XElement(Maml + "description", Paras(output.Text))))),
            new XElement(
                Command + "examples",
                cmdlet.Examples.Select((example, index) => new XElement(
                    Command + "example",
                    new XElement(Maml + "title", $"---------- Example {index + 1} ----------"),
                    new XElement(Dev + "code", example.Code),
                    new XElement(Dev + "remarks", Paras(example.Remarks))))),
            new XElement(
                Command + "relatedLinks",
                new XElement(
                    Maml + "navigationLink",
                    new XElement(Maml + "linkText", "about_MailOps"),
                    new XElement(Maml + "uri"))));

    private static XElement OfParameter(ParameterHelp parameter, ParameterUse use, bool inSyntax)
    {
        var element = new XElement(
            Command + "parameter",
            new XAttribute("required", inSyntax ? use.Mandatory : parameter.IsMandatory),
            new XAttribute("variableLength", parameter.IsList),
            new XAttribute("globbing", value: false),
            new XAttribute("pipelineInput", parameter.PipelineText),
            new XAttribute("position", inSyntax ? use.Position?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "named" : parameter.PositionText),
            new XAttribute("aliases", parameter.Aliases.Count > 0 ? string.Join(", ", parameter.Aliases) : "none"),
            new XElement(Maml + "name", parameter.Name),
            new XElement(Maml + "description", Paras(parameter.Text), Facts(parameter)));
        if (parameter is { IsSwitch: true } && inSyntax)
            return element;

        if (inSyntax && parameter.Values.Count > 0)
        {
            element.Add(new XElement(
                Command + "parameterValueGroup",
                parameter.Values.Select(value => new XElement(Command + "parameterValue", new XAttribute("required", value: false), new XAttribute("variableLength", value: false), value))));
        }
        else
        {
            element.Add(new XElement(Command + "parameterValue", new XAttribute("required", !parameter.IsSwitch), new XAttribute("variableLength", parameter.IsList), parameter.TypeName));
        }

        element.Add(
            new XElement(Dev + "type", new XElement(Maml + "name", parameter.TypeName), new XElement(Maml + "uri")),
            new XElement(Dev + "defaultValue", parameter.Default ?? "None"));
        return element;
    }

    private static IEnumerable<XElement> Facts(ParameterHelp parameter)
    {
        if (parameter.Values.Count > 0)
            yield return new XElement(Maml + "para", $"Possible values: {string.Join(", ", parameter.Values)}.");

        if (parameter.Range is not null)
            yield return new XElement(Maml + "para", $"Possible values: {parameter.Range}.");
    }

    private static IEnumerable<XElement> Paras(IEnumerable<Paragraph> paragraphs) => paragraphs.Select(one => new XElement(Maml + "para", one.Plain));
}
