using System.Security.Cryptography;

namespace RemoteSigning.CngProgram;

/// <summary>A key's properties, as .NET reads them from the provider.</summary>
internal static class Description
{
    public static IEnumerable<string> Of(string name)
    {
        using CngKey key = Provider.Open(name);
        yield return $"provider {key.Provider!.Provider}"; // Opened by a provider, so it has one.
        yield return $"name {key.KeyName}";
        yield return $"unique name {key.UniqueName}";
        yield return $"algorithm {key.Algorithm.Algorithm}";
        yield return $"group {key.AlgorithmGroup!.AlgorithmGroup}";
        yield return $"size {key.KeySize}";
        yield return $"usage {key.KeyUsage}";
        yield return $"export {key.ExportPolicy}";
        yield return $"machine {key.IsMachineKey}";
        yield return $"ephemeral {key.IsEphemeral}";
        yield return $"exists {CngKey.Exists(name, Provider.Ours)} {CngKey.Exists(name + "?", Provider.Ours)}";
    }
}
