namespace MailOps.Messages;

/// <summary>Texts that are cut where they are too long. A character beyond U+FFFF, which is a pair of UTF-16 surrogates, is never cut in two.</summary>
internal static class ShortText
{
    /// <summary>A text, or its beginning.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">How many UTF-16 code units are left at the most, one or more.</param>
    public static string Beginning(string text, int most) =>
        text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];

    /// <summary>A text, or its beginning with an ellipsis after it, which shows people that it goes on.</summary>
    /// <inheritdoc cref="Beginning" path="/param"/>
    public static string Shown(string text, int most) => text.Length <= most ? text : $"{Beginning(text, most)}…";
}
