using System.Globalization;
using System.Net;
using System.Text;

namespace MailOps.Client.Migration.Comparison;

/// <summary>A page of headings and tables, that needs nothing from elsewhere. All that it shows is text.</summary>
internal sealed class HtmlPage
{
    private readonly StringBuilder _text = new();

    public HtmlPage(string title) => _text.Append(CultureInfo.InvariantCulture, $$"""
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>{{WebUtility.HtmlEncode(title)}}</title>
        <style>body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #999;padding:.2em .5em;text-align:left;vertical-align:top;overflow-wrap:anywhere}</style></head>
        <body><h1>{{WebUtility.HtmlEncode(title)}}</h1>

        """);

    /// <summary>Adds a heading.</summary>
    public void Heading(string text) => _text.Append(CultureInfo.InvariantCulture, $"<h2>{WebUtility.HtmlEncode(text)}</h2>\n");

    /// <summary>Adds a table.</summary>
    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string?>> rows)
    {
        _text.Append("<table>\n");
        if (columns.Any(column => column.Length > 0))
            Row("th", columns);
        foreach (var row in rows)
            Row("td", row);
        _text.Append("</table>\n");
    }

    /// <inheritdoc/>
    public override string ToString() => _text + "</body></html>\n";

    private void Row(string cell, IEnumerable<string?> values)
    {
        _text.Append("<tr>");
        foreach (var value in values)
            _text.Append(CultureInfo.InvariantCulture, $"<{cell}>{WebUtility.HtmlEncode(value)}</{cell}>");
        _text.Append("</tr>\n");
    }
}
