using System.Runtime.InteropServices;
using System.Text;

namespace RemoteSigning.Cryptoki.Interop;

/// <summary>
/// A PKCS#11 module, loaded once for the whole process. It is never unloaded: modules bring threads and
/// exit handlers of their own. The first user initializes it, the last one finalizes it.
/// </summary>
internal sealed unsafe class CryptokiModule
{
    private const int MostSlots = 512;

    private static readonly Lock Registry = new();
    private static readonly Dictionary<string, CryptokiModule> Loaded = [];

    private int _users;
    private bool _isInitialized;

    private CryptokiModule(Functions functions) => Functions = functions;

    public Functions Functions { get; }

    /// <summary>
    /// Held for reading by each operation, for writing while sessions are closed or reopened: handles may be
    /// numbered anew then, and one session used by two threads crashes the process.
    /// </summary>
    public ReaderWriterLockSlim Use { get; } = new();

    /// <summary>Rises when all handles of before have become meaningless.</summary>
    public long Epoch { get; private set; }

    /// <exception cref="HsmException">The module cannot be loaded or initialized.</exception>
    public static CryptokiModule Acquire(string path)
    {
        lock (Registry)
        {
            if (!Loaded.TryGetValue(path, out CryptokiModule? module))
            {
                module = new CryptokiModule(Load(path));
                Loaded.Add(path, module);
            }

            if (module._users == 0)
            {
                module.Exclusively(module.Initialize);
            }

            module._users++;
            return module;
        }
    }

    public void Release()
    {
        lock (Registry)
        {
            if (--_users == 0)
            {
                Exclusively(FinalizeModule);
            }
        }
    }

    /// <summary>
    /// Lets the module look for tokens again; some, SoftHSM among them, only do so when they start.
    /// The caller holds <see cref="Use"/> for writing.
    /// </summary>
    public void Restart()
    {
        FinalizeModule();
        Initialize();
    }

    /// <exception cref="HsmException">No token has this label, or several have.</exception>
    public CULong FindSlot(string tokenLabel)
    {
        CULong* slots = stackalloc CULong[MostSlots];
        var count = new CULong(MostSlots);
        HsmException.ThrowIfFailed("C_GetSlotList", Functions.GetSlotList(1, slots, &count));
        CULong? found = null;
        for (nuint i = 0; i < count.Value; i++)
        {
            CkTokenInfo info;
            if (Functions.GetTokenInfo(slots[i], &info).Value != Ckr.Ok || Label(info) != tokenLabel)
            {
                continue;
            }

            found = found is null
                ? slots[i]
                : throw new HsmException(
                    $"Two tokens have the label '{tokenLabel}'; give each its own.", "C_GetSlotList", Ckr.TokenNotRecognized);
        }

        return found ?? throw new HsmException(
            $"No token has the label '{tokenLabel}'; is the HSM connected and the label right?", "C_GetSlotList", Ckr.TokenNotPresent);
    }

    private static Functions Load(string path)
    {
        try
        {
            return new Functions(NativeLibrary.Load(path));
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            throw new HsmException($"The PKCS#11 module {path} cannot be loaded: {e.Message}", "C_GetFunctionList", Ckr.GeneralError, e);
        }
    }

    private static string Label(in CkTokenInfo info) => Encoding.UTF8.GetString((ReadOnlySpan<byte>)info.Label).TrimEnd(' ', '\0');

    private void Initialize()
    {
        CkInitializeArguments arguments = default;
        arguments.Flags = new CULong(Ckf.OsLockingOk);
        CULong result = Functions.Initialize(&arguments);
        if (result.Value == Ckr.CryptokiAlreadyInitialized)
        {
            return; // By somebody else in this process: then it is theirs to finalize.
        }

        HsmException.ThrowIfFailed("C_Initialize", result);
        _isInitialized = true;
        Epoch++;
    }

    private void FinalizeModule()
    {
        if (!_isInitialized)
        {
            return;
        }

        _isInitialized = false;
        Epoch++;
        CULong result = Functions.FinalizeModule(null);
        if (result.Value != Ckr.CryptokiNotInitialized)
        {
            HsmException.ThrowIfFailed("C_Finalize", result);
        }
    }

    private void Exclusively(Action action)
    {
        Use.EnterWriteLock();
        try
        {
            action();
        }
        finally
        {
            Use.ExitWriteLock();
        }
    }
}
