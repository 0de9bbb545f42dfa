using System.Collections.Immutable;
using MailOps.Maildir;

namespace MailOps.Client.Maildirs;

/// <summary>Flags as people write them: <c>Seen</c> or <c>\Seen</c>, and keywords as they are.</summary>
public static class MessageFlags
{
    /// <summary>The system flags, without the backslash.</summary>
    public static IReadOnlyList<string> SystemNames { get; } = ["Seen", "Answered", "Flagged", "Deleted", "Draft"];

    /// <summary>The name as messages have it: a backslash before system flags.</summary>
    public static string Normal(string name)
    {
        var bare = name.StartsWith('\\') ? name[1..] : name;
        return SystemNames.FirstOrDefault(known => known.Equals(bare, StringComparison.OrdinalIgnoreCase)) is { } system ? "\\" + system : name;
    }

    /// <summary>True for a flag that a message can be given: a system flag with its backslash, or a keyword.</summary>
    internal static bool IsFlag(string name) => name.StartsWith('\\') ? SystemNames.Contains(name[1..], StringComparer.Ordinal) : IsKeyword(name);

    /// <summary>The flags of some names.</summary>
    /// <exception cref="MaildirException">A name can be no keyword (RFC 3501 section 9, flag-keyword).</exception>
    internal static MessageFlagSet Parse(IEnumerable<string> names)
    {
        var system = SystemFlags.None;
        var keywords = ImmutableArray.CreateBuilder<string>();
        foreach (var name in names.Select(Normal))
        {
            if (name.StartsWith('\\'))
            {
                if (!Enum.TryParse<SystemFlags>(name[1..], out var flag))
                    throw new MaildirException(MaildirFault.InvalidFlag, $"'{name}' is no flag: after a backslash there is one of {string.Join(", ", SystemNames)}. A keyword has no backslash.");
                system |= flag;
            }
            else if (!IsKeyword(name))
            {
                throw new MaildirException(MaildirFault.InvalidFlag, $"'{name}' can be no keyword: it is made of printable ASCII without spaces and without ( ) {{ % * \" ] (RFC 3501).");
            }
            else if (!keywords.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                keywords.Add(name);
            }
        }

        return new MessageFlagSet(system, keywords.ToImmutable());
    }

    private static bool IsKeyword(string name) => name.Length > 0 && !name.Any(c => c is <= ' ' or > '~' or '(' or ')' or '{' or '%' or '*' or '"' or ']' or '\\');
}
