using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MailOps.Client.Migration.Files;

/// <summary>
/// What a level of a folder's name is called on disk: itself, with <c>%XX</c> for what some system does not take in a file's name. So trees
/// can be carried from one system to another, and the names come back as they were.
/// </summary>
internal static class FolderFileName
{
    private const int MaxOctets = 180;

    private static readonly string[] Reserved = ["CON", "PRN", "AUX", "NUL", .. Enumerable.Range(0, 10).SelectMany(i => new[] { $"COM{i}", $"LPT{i}" })];

    // What tells a file of messages, or the directory below one, from others: a folder 'a' and one 'a.mbox' that holds folders would want the same place.
    private static readonly string[] Telling = [".mbox", ".sbd"];

    /// <summary>The name on disk.</summary>
    public static string Encode(string level)
    {
        var name = new StringBuilder();
        for (var i = 0; i < level.Length; i++)
        {
            var c = level[i];
            var isLast = i == level.Length - 1;
            if (char.IsControl(c) || "/\\:*?\"<>|%".Contains(c, StringComparison.Ordinal) || (c == '.' && (i == 0 || isLast || Telling.Contains(level[i..], StringComparer.OrdinalIgnoreCase))) || (c == ' ' && isLast))
                Append(name, c);
            else
                name.Append(c);
        }

        if (name.Length == 0)
            return "_";
        if (Reserved.Contains(level.Split('.')[0].Trim(), StringComparer.OrdinalIgnoreCase))
            name.Remove(0, 1).Insert(0, string.Create(CultureInfo.InvariantCulture, $"%{(int)level[0]:X2}"));
        return Encoding.UTF8.GetByteCount(name.ToString()) <= MaxOctets ? name.ToString() : Shortened(name.ToString());
    }

    /// <summary>The level's name; what <see cref="Encode"/> does not make stands for itself.</summary>
    public static string Decode(string name)
    {
        if (!name.Contains('%', StringComparison.Ordinal))
            return name;
        var level = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] == '%' && i + 2 < name.Length && byte.TryParse(name.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var c))
            {
                level.Append((char)c);
                i += 2;
            }
            else
            {
                level.Append(name[i]);
            }
        }

        return Encode(level.ToString()) == name ? level.ToString() : name;
    }

    private static void Append(StringBuilder name, char c)
    {
        if (c <= 0xFF)
            name.Append(CultureInfo.InvariantCulture, $"%{(int)c:X2}");
        else
            name.Append('_');
    }

    private static string Shortened(string name)
    {
        var length = name.Length;
        while (Encoding.UTF8.GetByteCount(name.AsSpan(0, length)) > MaxOctets - 20 || char.IsHighSurrogate(name[length - 1]))
            length--;
        return $"{name[..length].TrimEnd(' ', '.')}~{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..16]}";
    }
}
