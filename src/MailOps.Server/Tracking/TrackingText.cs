using System.Text;

namespace MailOps.Server.Tracking;

/// <summary>What a column has to say for a row to be found.</summary>
/// <param name="literal">A text that is in all that fits, in any case of letters; the longer, the faster. Empty if there is none.</param>
/// <param name="fits">Whether a whole value fits.</param>
public sealed class TrackingText(string literal, Func<string, bool> fits)
{
    /// <summary>A value as a whole, in any case of letters.</summary>
    public static TrackingText Exactly(string value) => new(value, other => other.Equals(value, StringComparison.OrdinalIgnoreCase));

    /// <summary>True if a value fits.</summary>
    public bool Fits(string value) => fits(value);

    // What stands in a line as it is: no escapes, and no letters whose other case is not one bit away.
    internal OctetNeedle? Needle()
    {
        var best = "";
        var start = 0;
        for (var i = 0; i <= literal.Length; i++)
        {
            if (i < literal.Length && char.IsAscii(literal[i]) && !TrackingLine.IsEscaped(literal[i]) && literal[i] != ';')
                continue;
            if (i - start > best.Length)
                best = literal[start..i];
            start = i + 1;
        }

        return best.Length >= 3 ? new OctetNeedle(Encoding.ASCII.GetBytes(best)) : null;
    }
}
