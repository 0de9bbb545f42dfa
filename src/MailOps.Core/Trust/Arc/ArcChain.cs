using System.Buffers;
using MailOps.Messages;
using MailOps.Trust.Dkim;

namespace MailOps.Trust.Arc;

/// <summary>The sets of a message (RFC 8617 section 4.3).</summary>
internal sealed class ArcChain
{
    /// <summary>The most sets that a message may have (section 4.2.1).</summary>
    public const int MostSets = 50;

    private readonly List<ArcField> _fields = [];

    private ArcChain()
    {
    }

    /// <summary>True if the message has no field of a chain.</summary>
    public bool IsEmpty => _fields.Count == 0;

    /// <summary>The highest instance that a field has, 0 if none has one.</summary>
    public int Highest => _fields.Max(one => one.Instance) ?? 0;

    /// <summary>True if who sealed last found the chain broken already: nothing is added to it then (section 5.1).</summary>
    public bool IsEnded => Find(ArcFieldKind.Seal, Highest)?["cv"] is "fail";

    /// <summary>Reads the fields of a header.</summary>
    /// <param name="header">A message from its first octet to the empty line behind its header, lines ended by CRLF.</param>
    public static ArcChain Read(ReadOnlySpan<byte> header)
    {
        var chain = new ArcChain();
        var scanner = new HeaderScanner(header);
        while (scanner.MoveNext())
        {
            if (ArcField.TryRead(scanner) is { } field)
                chain._fields.Add(field);
        }

        return chain;
    }

    /// <summary>The field of a kind and an instance, or null if there is not exactly one.</summary>
    public ArcField? Find(ArcFieldKind kind, int instance) =>
        _fields.Where(field => field.Kind == kind && field.Instance == instance).Take(2).ToList() is [var only] ? only : null;

    /// <summary>What is wrong with the chain without a look at signatures (section 5.2, steps 1 to 3), as a sentence; null if nothing is.</summary>
    public string? Problem()
    {
        if (_fields.Find(field => field.Instance is null) is { } strange)
            return $"A field {ArcField.Names[(int)strange.Kind]} names no set from 1 to {MostSets}, or cannot be read.";
        if (IsEnded)
            return "Who sealed last found the chain broken.";
        for (var i = 1; i <= Highest; i++)
        {
            for (var kind = ArcFieldKind.Results; kind <= ArcFieldKind.Seal; kind++)
            {
                if (Find(kind, i) is null)
                    return $"Set {i} of {Highest} has not exactly one {ArcField.Names[(int)kind]}.";
            }

            var (seal, asked) = (Find(ArcFieldKind.Seal, i)!, i == 1 ? "none" : "pass");
            if (seal["cv"] != asked)
                return $"The seal of set {i} says cv={seal["cv"]}, and has to say {asked}.";
            if (seal.Tags!.ContainsKey("h"))
                return $"The seal of set {i} has a tag h.";
        }

        return null;
    }

    /// <summary>Writes all sets of a chain that holds, as a seal that is added covers them.</summary>
    /// <param name="output">Where to.</param>
    public void WriteAll(IBufferWriter<byte> output)
    {
        if (IsEmpty)
            return;
        WriteBefore(Highest, output);
        HeaderCanon.Write(Find(ArcFieldKind.Seal, Highest)!.Line, DkimCanonicalization.Relaxed, output);
    }

    /// <summary>Writes what the seal of a set covers, without the seal itself (section 5.1.1).</summary>
    /// <param name="instance">The set.</param>
    /// <param name="output">Where to.</param>
    public void WriteBefore(int instance, IBufferWriter<byte> output)
    {
        for (var i = 1; i <= instance; i++)
        {
            for (var kind = ArcFieldKind.Results; kind <= (i < instance ? ArcFieldKind.Seal : ArcFieldKind.Message); kind++)
                HeaderCanon.Write(Find(kind, i)!.Line, DkimCanonicalization.Relaxed, output);
        }
    }
}
