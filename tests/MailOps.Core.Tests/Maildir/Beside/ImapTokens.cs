using System.Globalization;
using System.Text;

namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>Parts a response into atoms, strings, literals and lists (RFC 3501 section 4).</summary>
internal sealed class ImapTokens(string text)
{
    private int _at;

    /// <summary>How long a literal is that a line announces; -1 if it announces none.</summary>
    internal static int LiteralAtEnd(string line)
    {
        var open = line.LastIndexOf('{');
        return line.EndsWith('}') && open >= 0 && int.TryParse(line.AsSpan(open + 1, line.Length - open - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : -1;
    }

    internal List<object> Read()
    {
        var tokens = new List<object>();
        while (_at < text.Length)
        {
            switch (text[_at])
            {
                case ' ':
                    _at++;
                    break;
                case ')':
                    _at++;
                    return tokens;
                case '(':
                    _at++;
                    tokens.Add(Read());
                    break;
                case '"':
                    tokens.Add(Quoted());
                    break;
                case '{':
                    tokens.Add(Literal());
                    break;
                default:
                    var start = _at;
                    var inSection = false;
                    for (; _at < text.Length && (inSection || text[_at] is not (' ' or '(' or ')')); _at++)
                        inSection = text[_at] == '[' || (inSection && text[_at] != ']');
                    tokens.Add(text[start.._at]);
                    break;
            }
        }

        return tokens;
    }

    private string Quoted()
    {
        var value = new StringBuilder();
        for (_at++; text[_at] != '"'; _at++)
        {
            if (text[_at] == '\\')
                _at++;
            value.Append(text[_at]);
        }

        _at++;
        return value.ToString();
    }

    private string Literal()
    {
        var end = text.IndexOf('}', _at);
        var length = int.Parse(text.AsSpan(_at + 1, end - _at - 1), NumberStyles.None, CultureInfo.InvariantCulture);
        var start = end + 3;
        _at = start + length;
        return text[start.._at];
    }
}
