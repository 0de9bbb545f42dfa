using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MailOps.HelpGenerator;

/// <summary>The compiler's XML comments of all our assemblies, by documentation id.</summary>
internal sealed partial class CommentFile
{
    private readonly Dictionary<string, XElement> _members = new(StringComparer.Ordinal);

    private CommentFile()
    {
    }

    /// <summary>How a documentation id is named in running text: cmdlets by their own name, parameters with a dash.</summary>
    public Dictionary<string, string> Names { get; } = new(StringComparer.Ordinal);

    public static CommentFile LoadAll(string folder)
    {
        var comments = new CommentFile();
        foreach (var file in Directory.EnumerateFiles(folder, "MailOps.*.xml").Order(StringComparer.Ordinal))
        {
            foreach (var member in XDocument.Load(file, LoadOptions.PreserveWhitespace).Descendants("member"))
                comments._members[(string)member.Attribute("name")!] = member;
        }

        return comments;
    }

    /// <summary>An element of a member's comment, or null.</summary>
    public XElement? Element(string id, string name) => Elements(id, name).FirstOrDefault();

    public IEnumerable<XElement> Elements(string id, string name) => _members.TryGetValue(id, out var member) ? member.Elements(name) : [];

    /// <summary>True if the comment says that it stands elsewhere: <paramref name="source"/> is the id it names, or null for the base member.</summary>
    public bool Inherits(string id, out string? source)
    {
        var inherit = Element(id, "inheritdoc");
        source = (string?)inherit?.Attribute("cref");
        return inherit is not null;
    }

    /// <summary>The text of an element, paragraph by paragraph; code blocks are left out.</summary>
    public IReadOnlyList<Paragraph> Paragraphs(XElement? element)
    {
        var paragraphs = new List<Paragraph>();
        if (element is null)
            return paragraphs;

        var plain = new StringBuilder();
        var markdown = new StringBuilder();
        foreach (var node in element.Nodes())
        {
            if (node is XElement { Name.LocalName: "para" or "item" or "list" } block)
            {
                Close();
                var bullet = block.Name.LocalName == "item" ? "- " : "";
                paragraphs.AddRange(Paragraphs(block).Select(one => new Paragraph(bullet + one.Plain, bullet + one.Markdown)));
            }
            else
            {
                Append(node);
            }
        }

        Close();
        return paragraphs;

        void Append(XNode node)
        {
            switch (node)
            {
                case XText text:
                    plain.Append(text.Value);
                    markdown.Append(text.Value);
                    break;
                case XElement { Name.LocalName: "code" }:
                    break;
                case XElement { Name.LocalName: "c" } code:
                    plain.Append(code.Value);
                    markdown.Append('`').Append(code.Value).Append('`');
                    break;
                case XElement { Name.LocalName: "see" or "seealso" or "paramref" or "typeparamref" } reference:
                    var name = NameOf(reference);
                    plain.Append(name);
                    markdown.Append('`').Append(name).Append('`');
                    break;
                case XElement other:
                    foreach (var inner in other.Nodes())
                        Append(inner);
                    break;
            }
        }

        void Close()
        {
            var text = Tidy(plain.ToString());
            if (text.Length > 0)
                paragraphs.Add(new Paragraph(text, Tidy(markdown.ToString())));

            plain.Clear();
            markdown.Clear();
        }
    }

    private const string CompilerIndent = "            ";

    /// <summary>The code of an element with its common indentation taken off.</summary>
    public static string Code(XElement element)
    {
        var blocks = element.Elements("code").Select(code =>
        {
            var lines = code.Value.ReplaceLineEndings("\n").Split('\n').SkipWhile(string.IsNullOrWhiteSpace).ToList();
            // The compiler indents the lines of a comment; a line that stands right after the tag has none of that.
            if (lines.Count > 0 && !char.IsWhiteSpace(lines[0], 0) && lines.Skip(1).All(line => string.IsNullOrWhiteSpace(line) || line.StartsWith(CompilerIndent, StringComparison.Ordinal)))
                lines[0] = CompilerIndent + lines[0];

            while (lines.Count > 0 && string.IsNullOrWhiteSpace(lines[^1]))
                lines.RemoveAt(lines.Count - 1);

            var indent = lines.Where(line => !string.IsNullOrWhiteSpace(line)).Select(line => line.Length - line.TrimStart().Length).DefaultIfEmpty().Min();
            return string.Join('\n', lines.Select(line => line.Length < indent ? "" : line[indent..].TrimEnd()));
        });
        return string.Join("\n\n", blocks);
    }

    private string NameOf(XElement reference)
    {
        if ((string?)reference.Attribute("langword") is { } word)
            return word;

        if ((string?)reference.Attribute("name") is { } parameter)
            return parameter;

        if (reference.Value.Length > 0)
            return reference.Value;

        var id = (string?)reference.Attribute("cref") ?? (string?)reference.Attribute("href") ?? "";
        if (Names.TryGetValue(id, out var known))
            return known;

        var end = id.IndexOf('(', StringComparison.Ordinal);
        var bare = end < 0 ? id : id[..end];
        return bare.Contains(':', StringComparison.Ordinal) && !bare.Contains('/', StringComparison.Ordinal) ? bare[(bare.LastIndexOf('.') + 1)..] : id;
    }

    private static string Tidy(string text) => Space().Replace(text, " ").Trim();

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Space();
}
