namespace RemoteSigning.Benchmarks;

/// <summary>What hardware does, as its data sheet says: signatures per second of a network HSM (nShield Connect).</summary>
internal static class YardStick
{
    private static readonly (string Model, string Rsa2048, string Rsa4096)[] Models =
    [
        ("XC Base", "430", "100"),
        ("1500+", "450", "190"),
        ("6000+", "3,000", "500"),
        ("XC Mid", "3,500", "850"),
        ("XC High", "8,600", "2,025"),
    ];

    public static void Print()
    {
        Console.WriteLine($"\n  For comparison, RSA signatures per second in the data sheet of a network HSM (nShield Connect):");
        Console.WriteLine($"  {"",-12}{string.Concat(Models.Select(m => $"{m.Model,10}"))}");
        Console.WriteLine($"  {"RSA-2048",-12}{string.Concat(Models.Select(m => $"{m.Rsa2048,10}"))}");
        Console.WriteLine($"  {"RSA-4096",-12}{string.Concat(Models.Select(m => $"{m.Rsa4096,10}"))}\n");
    }
}
