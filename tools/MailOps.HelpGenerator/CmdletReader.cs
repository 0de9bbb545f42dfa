using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;

namespace MailOps.HelpGenerator;

/// <summary>Reads the cmdlets of an assembly and their comments, and notes every gap.</summary>
internal sealed class CmdletReader(CommentFile comments)
{
    private const int ExamplesWanted = 2;

    /// <summary>What is missing, one line each, naming cmdlet and parameter.</summary>
    public List<string> Problems { get; } = [];

    public IReadOnlyList<CmdletHelp> Read(Assembly assembly)
    {
        var types = assembly.GetExportedTypes()
            .Where(type => !type.IsAbstract && type.GetCustomAttribute<CmdletAttribute>() is not null)
            .OrderBy(type => type.GetCustomAttribute<CmdletAttribute>()!.NounName, StringComparer.Ordinal)
            .ThenBy(type => type.GetCustomAttribute<CmdletAttribute>()!.VerbName, StringComparer.Ordinal)
            .ToList();
        foreach (var type in types)
        {
            var cmdlet = type.GetCustomAttribute<CmdletAttribute>()!;
            comments.Names[$"T:{type.FullName}"] = $"{cmdlet.VerbName}-{cmdlet.NounName}";
            foreach (var property in ParametersOf(type))
                comments.Names[IdOf(property)] = "-" + property.Name;
        }

        return types.ConvertAll(ReadOne);
    }

    private CmdletHelp ReadOne(Type type)
    {
        var cmdlet = type.GetCustomAttribute<CmdletAttribute>()!;
        var name = $"{cmdlet.VerbName}-{cmdlet.NounName}";
        var id = $"T:{type.FullName}";
        var synopsis = comments.Paragraphs(comments.Element(id, "summary"));
        if (synopsis.Count == 0)
            Problems.Add($"{name} has no <summary>");

        var examples = ReadExamples(name, id);
        var instance = Activator.CreateInstance(type);
        var parameters = ParametersOf(type).Select(property => ReadParameter(name, property, instance)).ToList();
        (instance as IDisposable)?.Dispose();
        if (cmdlet.SupportsShouldProcess)
            parameters.AddRange([Standard("WhatIf", "wi", "Shows what would happen. Nothing is changed."), Standard("Confirm", "cf", "Asks before anything is changed.")]);

        var sets = parameters.SelectMany(parameter => parameter.Uses).Select(use => use.Set).Where(set => set != ParameterHelp.AllSets).Distinct(StringComparer.Ordinal)
            .OrderBy(set => set == cmdlet.DefaultParameterSetName ? 0 : 1).ToList();
        // A default set without a parameter of its own is a way to call the cmdlet too: the shortest.
        if (sets.Count > 0 && cmdlet.DefaultParameterSetName is { Length: > 0 } byDefault && !sets.Contains(byDefault, StringComparer.Ordinal))
            sets.Insert(0, byDefault);
        // The description is the remarks, or paragraphs of their own beside the summary.
        List<Paragraph> description = [.. new[] { "remarks", "para" }.SelectMany(tag => comments.Elements(id, tag)).SelectMany(comments.Paragraphs)];
        return new CmdletHelp(cmdlet.VerbName, cmdlet.NounName, synopsis, description.Count > 0 ? description : synopsis, examples, parameters, sets.Count > 0 ? sets : [ParameterHelp.AllSets], ReadOutputs(type));
    }

    private List<ExampleHelp> ReadExamples(string name, string id)
    {
        var examples = comments.Elements(id, "example").Select(element => new ExampleHelp(CommentFile.Code(element), comments.Paragraphs(element))).ToList();
        if (examples.Count < ExamplesWanted)
            Problems.Add($"{name} has {examples.Count} <example>, at least {ExamplesWanted} are wanted");

        if (examples.Any(example => example.Code.Length == 0 || example.Remarks.Count == 0))
            Problems.Add($"{name} has an <example> without <code> or without a sentence that explains it");

        return examples;
    }

    // From the metadata: PowerShell would look for a type that is named in words, and it is one of ours that is in no assembly here.
    private List<OutputHelp> ReadOutputs(Type type) =>
        [
            .. type.GetCustomAttributesData().Where(data => data.AttributeType == typeof(OutputTypeAttribute)).SelectMany(data => data.ConstructorArguments.SelectMany(Values))
                .Where(output => output is not Type { FullName: "System.Void" })
                .Select(output => output is Type known
                    ? new OutputHelp(known.FullName ?? known.Name, comments.Paragraphs(comments.Element($"T:{known.FullName?.Replace('+', '.')}", "summary")))
                    : new OutputHelp((string)output, comments.Paragraphs(null))),
        ];

    private static IEnumerable<object> Values(CustomAttributeTypedArgument argument) => argument.Value switch
    {
        IEnumerable<CustomAttributeTypedArgument> many => many.SelectMany(Values),
        null => [],
        var value => [value],
    };

    private ParameterHelp ReadParameter(string cmdlet, PropertyInfo property, object? instance)
    {
        var text = TextOf(property);
        if (text.Count == 0)
            Problems.Add($"{cmdlet} -{property.Name} has no <summary> (property {property.DeclaringType!.Name}.{property.Name})");

        var bare = Bare(property.PropertyType);
        var range = property.GetCustomAttribute<ValidateRangeAttribute>();
        var values = bare.IsEnum ? Enum.GetNames(bare) : property.GetCustomAttribute<ValidateSetAttribute>()?.ValidValues ?? [];
        return new ParameterHelp(
            property.Name,
            TypeName(property.PropertyType),
            property.PropertyType == typeof(SwitchParameter),
            property.PropertyType.IsArray,
            text,
            [.. property.GetCustomAttribute<AliasAttribute>()?.AliasNames ?? []],
            [.. values],
            range is null ? null : string.Create(CultureInfo.InvariantCulture, $"{range.MinRange} to {range.MaxRange}"),
            DefaultOf(property, instance),
            [
                .. property.GetCustomAttributes<ParameterAttribute>().Select(use => new ParameterUse(
                    use.ParameterSetName,
                    use.Mandatory,
                    use.Position == int.MinValue ? null : use.Position,
                    use.ValueFromPipeline,
                    use.ValueFromPipelineByPropertyName,
                    use.ValueFromRemainingArguments)),
            ]);
    }

    private IReadOnlyList<Paragraph> TextOf(PropertyInfo property)
    {
        var id = IdOf(property);
        if (comments.Inherits(id, out var source))
        {
            var inherited = source is null ? property.GetMethod!.GetBaseDefinition().DeclaringType!.GetProperty(property.Name) : null;
            id = source ?? (inherited is not null && inherited.DeclaringType != property.DeclaringType ? IdOf(inherited) : id);
        }

        return [.. comments.Paragraphs(comments.Element(id, "summary")), .. comments.Paragraphs(comments.Element(id, "remarks"))];
    }

    private static ParameterHelp Standard(string name, string alias, string text) =>
        new(name, "SwitchParameter", IsSwitch: true, IsList: false, [new Paragraph(text, text)], [alias], [], Range: null, "False", [new ParameterUse(ParameterHelp.AllSets, Mandatory: false, Position: null, ByValue: false, ByPropertyName: false, Remaining: false)]);

    private static IEnumerable<PropertyInfo> ParametersOf(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.GetCustomAttributes<ParameterAttribute>().Any());

    private static string IdOf(PropertyInfo property) => $"P:{property.DeclaringType!.FullName}.{property.Name}";

    private static Type Bare(Type type)
    {
        var element = type.IsArray ? type.GetElementType()! : type;
        return Nullable.GetUnderlyingType(element) ?? element;
    }

    private static string TypeName(Type type)
    {
        if (type.IsArray)
            return TypeName(type.GetElementType()!) + "[]";

        var bare = Bare(type);
        return bare.IsGenericType ? $"{bare.Name[..bare.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", bare.GetGenericArguments().Select(TypeName))}>" : bare.Name;
    }

    private static string? DefaultOf(PropertyInfo property, object? instance) => property.GetValue(instance) switch
    {
        null or "" or ICollection { Count: 0 } => null,
        SwitchParameter value => value.IsPresent ? "True" : "False",
        string text => text,
        IEnumerable many => string.Join(", ", many.Cast<object?>()),
        IFormattable value => value.ToString(format: null, CultureInfo.InvariantCulture),
        var other => other.ToString(),
    };
}
