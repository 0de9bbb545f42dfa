using System.Text;

namespace MailOps.Messages;

/// <summary>The collation i;unicode-casemap (RFC 5051): texts whose keys are the same differ in case or in how their characters are composed alone.</summary>
internal static class UnicodeCasemap
{
    /// <summary>A text's key: compared ordinally, keys are in the collation's order.</summary>
    public static string KeyOf(string text) => (Ascii.IsValid(text) ? text : Decompose(text)).ToUpperInvariant();

    private static string Decompose(string text)
    {
        try
        {
            return text.Normalize(NormalizationForm.FormKD);
        }
        catch (ArgumentException)
        {
            // Half a surrogate pair, which is no character, is compared as it is.
            return text;
        }
    }
}
