-- POSTs what `bellhop-bench deliver` does: the same body, without what is peculiar to a vendor.
dofile("report.lua")

local text = string.rep("Obrigado, a sua encomenda chega amanhã. ", 8)
wrk.method = "POST"
wrk.body = '{"room":"c1","text":"' .. text .. '"}'
wrk.headers["Content-Type"] = "application/json"
