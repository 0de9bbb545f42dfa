using System.Text.Json.Serialization;

namespace MailOps.Client.Migration.Comparison;

/// <summary>How parts of a report are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FolderProof))]
internal sealed partial class ReportJson : JsonSerializerContext;
