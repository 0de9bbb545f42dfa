using System.Text;

namespace MailOps.Messages;

/// <summary>Takes the value of a MIME header apart: <c>token *(";" name "=" value)</c>, comments left out, and whatever broken mail makes of it.</summary>
internal static class MimeParameters
{
    private const int MaxParameters = 64;

    /// <summary>The leading token, such as a media type or a disposition; empty if the value starts with a semicolon.</summary>
    public static string Token(string value)
    {
        var at = SkipSpace(value, 0);
        var start = at;
        while (at < value.Length && value[at] is not (';' or ' ' or '\t' or '('))
            at++;
        return value[start..at];
    }

    /// <summary>The parameters after the first semicolon, in order.</summary>
    public static List<MimeParameter> Read(string value)
    {
        var at = NextParameter(value, 0);
        var parameters = new List<MimeParameter>();
        while (at < value.Length && parameters.Count < MaxParameters)
        {
            at = SkipSpace(value, at);
            var start = at;
            while (at < value.Length && value[at] is not ('=' or ';' or ' ' or '\t' or '('))
                at++;
            var name = value[start..at];
            at = SkipSpace(value, at);
            if (name.Length > 0 && at < value.Length && value[at] == '=')
            {
                var text = ParameterValue(value, SkipSpace(value, at + 1), out at);
                parameters.Add(new MimeParameter(name, text));
            }

            at = NextParameter(value, at);
        }

        return parameters;
    }

    private static string ParameterValue(string value, int at, out int end)
    {
        if (at < value.Length && value[at] == '"')
            return QuotedString(value, at + 1, out end);

        var start = at;
        while (at < value.Length && value[at] is not (';' or ' ' or '\t'))
            at++;
        end = at;
        return value[start..at];
    }

    private static string QuotedString(string value, int at, out int end)
    {
        var text = new StringBuilder();
        for (; at < value.Length && value[at] != '"'; at++)
        {
            if (value[at] == '\\' && at + 1 < value.Length)
                at++;
            text.Append(value[at]);
        }

        end = Math.Min(at + 1, value.Length);
        return text.ToString();
    }

    // After the next semicolon that is not inside a quoted string.
    private static int NextParameter(string value, int at)
    {
        var quoted = false;
        for (; at < value.Length; at++)
        {
            if (value[at] == '"')
                quoted = !quoted;
            else if (value[at] == ';' && !quoted)
                return at + 1;
        }

        return at;
    }

    private static int SkipSpace(string value, int at)
    {
        var depth = 0;
        for (; at < value.Length; at++)
        {
            if (value[at] == '(')
                depth++;
            else if (value[at] == ')' && depth > 0)
                depth--;
            else if (value[at] is not (' ' or '\t') && depth == 0)
                break;
        }

        return at;
    }
}
